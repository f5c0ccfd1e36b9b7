"""From the outline of a flat part (DXF) to the G-code of a laser or a router, made where the machine stands."""
