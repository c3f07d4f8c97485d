"""What measures understanding: training time, latency, memory, accuracy, and what each kind of noise costs."""
