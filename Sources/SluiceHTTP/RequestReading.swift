import HTTPTypes
import Hummingbird
import NIOCore
import SluiceJSON
import SluiceModel

/// Limits of what is read from a request.
enum HTTPLimits {
    /// Longest wait of a long-poll.
    static let waitMax: Duration = .seconds(60)
    /// All header fields together.
    static let headerBytesMax = 32 * 1024
    /// Header fields.
    static let headerCountMax = 100
    /// Depth of a JSON body.
    static let jsonDepthMax = 16
    /// Longest reason of an operator's move, in bytes.
    static let reasonByteCountMax = 1000
    /// Content packs that are received and read at the same time.
    static let packUploadCountMax = 2
    /// Files of holds that are written or read at the same time.
    static let holdFileCountMax = 2
    /// Forecasts that are computed at the same time.
    static let forecastCountMax = 2
    /// Remarks of a content pack that an answer tells.
    static let diagnosticCountMax = 100
}

extension Request {
    /// The body as JSON; an empty body is an empty object.
    /// - Throws: A 400 or 413 problem.
    func json(upTo byteCountMax: Int) async throws -> JSONObjectReader {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: byteCountMax)
        } catch is NIOTooManyBytesError {
            throw Problem(
                status: .contentTooLarge, type: "too-large", title: "The body is too large",
                detail: "it has more than \(byteCountMax) bytes (limits.bodyBytes)",
                members: [("limit", .number(JSONNumber(byteCountMax)))])
        } catch {
            throw Problem.badRequest(
                "cut-body", "the body ended, or its framing broke, before it was whole; nothing was decided")
        }
        var limits = JSONLimits()
        limits.byteCountMax = byteCountMax
        limits.depthMax = HTTPLimits.jsonDepthMax
        limits.stringByteCountMax = byteCountMax
        guard buffer.readableBytes > 0 else { return JSONObjectReader(JSONObject()) }
        do {
            return try JSONObjectReader(JSONReader.read(Array(buffer.readableBytesView), limits: limits))
        } catch let error as JSONError {
            throw Problem(error)
        } catch let error as JSONFieldError {
            throw Problem(error)
        }
    }

    /// `?wait=30s`, cut to `HTTPLimits.waitMax`; zero when absent.
    /// - Throws: A 400 problem.
    func wait() throws -> Duration {
        guard let text = uri.queryParameters["wait"] else { return .zero }
        guard let duration = Duration(text: String(text)) else {
            throw Problem.badRequest("invalid-value", "wait=\(text) is not a duration such as 30s, 5m, 4h or 14d")
        }
        return min(duration, HTTPLimits.waitMax)
    }
}

extension JSONObjectReader {
    /// Why an operator does it: required, and more than white space.
    mutating func reason() throws(JSONFieldError) -> String {
        try parsed("reason", expected: "1 to \(HTTPLimits.reasonByteCountMax) bytes of text") {
            $0.utf8.count > HTTPLimits.reasonByteCountMax || $0.allSatisfy(\.isWhitespace) ? nil : $0
        }
    }
}

extension JSONObjectReader {
    /// Why an operator would do it.
    mutating func optionalReason() throws(JSONFieldError) -> String? {
        try optionalParsed("reason", expected: "1 to \(HTTPLimits.reasonByteCountMax) bytes of text") {
            $0.utf8.count > HTTPLimits.reasonByteCountMax || $0.allSatisfy(\.isWhitespace) ? nil : $0
        }
    }
}

extension String {
    /// The text that its escapes stand for (RFC 3986 section 2.1); nil when one is broken or it is not UTF-8.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        Character(Unicode.Scalar(self)).hexDigitValue.map { UInt8($0) }
    }
}

extension Duration {
    /// `30s`, `5m`, `4h`, `14d` or `250ms`; nil for anything else.
    init?(text: String) {
        let units: [(String, Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
            ("d", .seconds(86_400)),
        ]
        for (suffix, unit) in units where text.hasSuffix(suffix) {
            guard let count = Int(text.dropLast(suffix.count)), (0...1_000_000_000).contains(count) else { continue }
            self = unit * count
            return
        }
        return nil
    }
}
