"""Trains LoRA adapters for a GGUF on a processor; needs the extra [tuning] (torch, gguf)."""
