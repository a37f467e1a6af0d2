"""What the workflows call: post a verdict, move data to and from the remote, renew the lock."""
