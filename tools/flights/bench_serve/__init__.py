"""What an answer over HTTP costs, beside other servers, and what a service survives."""
