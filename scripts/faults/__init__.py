"""What happens to requests and mails when things break. `make test-faults` breaks them and writes down what it saw."""
