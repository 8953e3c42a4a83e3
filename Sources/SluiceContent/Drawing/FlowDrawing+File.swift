public import SluiceModel

extension FlowDrawing {
    /// Writes the picture to a file.
    ///
    /// - Returns: Why it could not be written; nil when it was.
    public func write(to path: String) -> Diagnostic? { PictureFile.write(svg, to: path) }
}
