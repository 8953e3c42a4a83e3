/// Reads JSON strictly: RFC 8259, UTF-8 only, no duplicate names, nothing after the value, everything bounded.
public enum JSONReader {
    /// Reads one document.
    /// - Parameter bytes: An array, a buffer or a view of one; other collections are copied.
    public static func read(
        _ bytes: some Collection<UInt8>, limits: JSONLimits = .standard
    ) throws(JSONError) -> JSONValue {
        let result =
            bytes.withContiguousStorageIfAvailable { read(buffer: $0, limits) }
            ?? Array(bytes).withUnsafeBufferPointer { read(buffer: $0, limits) }
        return try result.get()
    }

    /// Reads one document from text.
    public static func read(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try read(text.utf8, limits: limits)
    }

    private static func read(
        buffer: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits
    ) -> Result<JSONValue, JSONError> {
        var parser = JSONParser(buffer, limits)
        do throws(JSONParser.Failure) {
            return .success(try parser.document())
        } catch {
            return .failure(JSONError(error, in: buffer))
        }
    }
}
