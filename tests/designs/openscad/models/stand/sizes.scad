thickness = 4;
