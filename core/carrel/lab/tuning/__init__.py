"""`carrel-tune`: a LoRA adapter for a GGUF, trained on this computer from one's own examples."""
