"""The pictures of docs/pictures, of what the monitor really made of a simulated production."""
