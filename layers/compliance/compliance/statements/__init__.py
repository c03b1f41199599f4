"""What people state about items: attestations, exceptions, and what was taken back."""
