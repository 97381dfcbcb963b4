"""What the console's settings show of the engine: how it stands, what is connected, what the doctor says."""
