"""The validation room: published figures and known error rates, computed again on demand."""
