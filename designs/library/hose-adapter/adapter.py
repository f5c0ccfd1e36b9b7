"""Joins two hoses of different bores: two barbed ends with a stop collar between them.

A solid of revolution, printed upright without supports: whatever hangs over rises by `Shape.STEEP` per mm.
"""

import cadquery as cq

# ---- parameters -------------------------------------------------------------
hose_1 = 19.0           # bore of the hose at the lower end
hose_2 = 12.5           # bore of the hose at the upper end
barbs = 3               # on each end
barb_length = 6.0       # from barb to barb
bite = 0.7              # how far a barb stands out over the hose's bore, on the radius
wall = 2.4
collar_width = 3.0      # of the stop collar, beyond the larger barb
collar_thickness = 3.0  # of its straight rim


class Shape:
    STEEP = 1.2             # rise / overhang of every underside: 50 degrees


r1, r2 = hose_1 / 2, hose_2 / 2
end_length = barbs * barb_length
collar = max(r1, r2) + bite + collar_width
collar_start = end_length                                   # of the 45 degree underside
collar_top = collar_start + (collar - r1) * Shape.STEEP + collar_thickness
total = collar_top + end_length
inner_1, inner_2 = r1 - wall, r2 - wall
step = abs(inner_1 - inner_2) * Shape.STEEP                 # height over which the bore changes, up to the collar's top

outside = [(r1, 0.0)]
for i in range(barbs):
    crest = (i + 1) * barb_length - bite
    outside += [(r1 + bite, crest), (r1, crest + bite)]
outside += [(collar, collar_top - collar_thickness), (collar, collar_top), (r2, collar_top)]
for i in range(barbs):
    foot = collar_top + i * barb_length
    outside += [(r2 + bite, foot + bite * Shape.STEEP), (r2, foot + barb_length)]
inside = [(inner_2, total), (inner_2, collar_top)]
if step > 0:
    inside.append((inner_1, collar_top - step))
inside.append((inner_1, 0.0))

result = cq.Workplane("XZ").polyline(outside + inside).close().revolve(360, (0, 0, 0), (0, 1, 0))
show_object(result, name="adapter")
