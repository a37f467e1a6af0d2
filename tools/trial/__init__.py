"""Tables taken at random, from `truerun adopt` to the report of newer rows."""
