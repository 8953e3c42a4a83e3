internal import SluiceJSON
internal import SluicePorts

/// Reads the body of one of Central's answers.
enum AnswerJSON {
    /// - Throws: `CentralError` `.unreadable` when it is not JSON, or goes beyond the limits.
    static func read(_ body: [UInt8], limits: JSONLimits, call: String) throws -> JSONValue {
        do throws(JSONError) {
            return try JSONReader.read(body, limits: limits)
        } catch {
            throw CentralError(
                .unreadable,
                "\(call) answered what is not JSON (\(error.code) at byte \(error.offset) of \(body.count))")
        }
    }
}
