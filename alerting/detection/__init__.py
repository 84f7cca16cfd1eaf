"""What observations mean: every detector we run, one line each."""
