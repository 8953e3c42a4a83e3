public import SluiceModel

/// Writes a picture to a file, aside and then renamed, so that its name never shows half of it.
public enum PictureFile {
    /// - Returns: Why it could not be written; nil when it was.
    public static func write(_ svg: String, to path: String) -> Diagnostic? {
        do throws(ContentError) {
            let file = try ReplacedFile(path: path)
            do throws(ContentError) {
                try file.write(Array(svg.utf8))
                try file.commit()
            } catch {
                file.discard()
                throw error
            }
            return nil
        } catch {
            return error.diagnostic
        }
    }
}
