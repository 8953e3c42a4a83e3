import SluiceDrawing

extension SVGText {
    /// A box with round corners.
    mutating func box(_ box: DrawnBox, radius: Double, _ attributes: [Attribute]) {
        element(
            "rect",
            [
                Attribute("x", box.x), Attribute("y", box.y), Attribute("width", box.width),
                Attribute("height", box.height), Attribute("rx", radius),
            ] + attributes)
    }

    static func point(_ point: DrawnPoint) -> String { number(point.x) + "," + number(point.y) }
}
