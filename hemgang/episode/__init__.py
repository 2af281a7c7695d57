"""The discharge as a pure state machine: messages in, one episode with its ready periods and findings out."""
