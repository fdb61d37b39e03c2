"""The scope picker."""
