"""What is out, and until when."""
