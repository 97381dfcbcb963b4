"""Mail over SMTP: for the people of the company, never for its clients."""
