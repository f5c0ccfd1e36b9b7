"""What tells two builds apart: words, values, files, figures and shapes. The door is designs/compare.py."""
