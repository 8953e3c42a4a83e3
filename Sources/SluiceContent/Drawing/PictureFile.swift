public import SluiceModel

/// Writes a picture, or another text, to a file, aside and then renamed, so that its name never shows half of it.
public enum PictureFile {
    /// - Returns: Why it could not be written; nil when it was.
    public static func write(_ text: String, to path: String) -> Diagnostic? {
        do throws(ContentError) {
            let file = try ReplacedFile(path: path)
            do throws(ContentError) {
                try file.write(Array(text.utf8))
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
