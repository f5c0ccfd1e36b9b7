"""Twenty parts: two decks on eight posts, each held by a screw, and two rails."""

import cadquery as cq

length = 160.0
width = 100.0
height = 60.0
thickness = 6.0

places = [(x * length / 2.4, y * width / 2.4) for x in (-1, -1 / 3, 1 / 3, 1) for y in (-1, 1)]
deck = cq.Workplane().box(length, width, thickness).edges("|Z").fillet(6).pushPoints(places).hole(5.2)
post = cq.Workplane().circle(6).extrude(height).faces("<Z or >Z").chamfer(0.8).faces(">Z").workplane().hole(4.2, 15)
screw = cq.Workplane().circle(2.5).extrude(-14).union(cq.Workplane().circle(4.5).extrude(4).faces(">Z").fillet(1.5))
rail = cq.Workplane("YZ").rect(12, 12).extrude(length * 0.9).edges("|X").fillet(2).translate((-length * 0.45, 0, 0))

whole = cq.Assembly(name="rack")
for side, level in (("lower", 0.0), ("upper", height + thickness)):
    whole.add(deck, name=f"{side} deck", loc=cq.Location((0, 0, level)), color=cq.Color(0.6, 0.65, 0.7))
for number, (x, y) in enumerate(places):
    whole.add(post, name=f"post {number}", loc=cq.Location((x, y, thickness / 2)), color=cq.Color(0.2, 0.4, 0.8))
    whole.add(screw, name=f"screw {number}", loc=cq.Location((x, y, height + thickness * 1.5)))
for side in (-1, 1):
    whole.add(rail, name=f"rail {side}", loc=cq.Location((0, side * width / 5, height / 2)))
show_object(whole)
