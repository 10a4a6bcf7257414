"""Kernels from a warm process: a fork server, its client, a provisioner and a papermill engine."""
