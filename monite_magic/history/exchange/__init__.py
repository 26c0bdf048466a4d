"""Calls to and from other tools: curl, .http, HAR, Postman, Python code."""
