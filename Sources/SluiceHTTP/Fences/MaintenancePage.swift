import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import SluiceCore
import SluiceJSON
import SluiceModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What those see whom a fence turns away: a page for people, a problem (RFC 9457) for programs.
struct MaintenancePage {
    let standing: FenceStanding
    let now: Timestamp

    init(standing: FenceStanding, at now: Timestamp) {
        self.standing = standing
        self.now = now
    }

    enum Form {
        case html, problem

        /// Browsers ask for `text/html` by name when they show a page; scripts and programs do not.
        static func preferred(by headers: HTTPFields) -> Form {
            headers[.accept]?.lowercased().contains("text/html") == true ? .html : .problem
        }
    }

    func response(as form: Form, status: HTTPResponse.Status, headers: HTTPFields) -> Response {
        var headers = headers
        headers[.retryAfter] = String(standing.retryAfterSeconds(at: now))
        headers[.xContentTypeOptions] = "nosniff"
        let text: String
        switch form {
        case .html:
            headers[.contentType] = "text/html; charset=utf-8"
            headers[.contentSecurityPolicy] =
                "default-src 'none'; style-src 'sha256-\(Self.styleHash)'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'"
            text = html
        case .problem:
            headers[.contentType] = "application/problem+json"
            // Whatever the status is here, a proxy sends it on as 503.
            text = JSONValue.object(problem(status == .ok ? .serviceUnavailable : status)).write()
        }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private var name: String {
        switch standing.system {
        case .csa: "Cloud Service Automation"
        case .portal: "The Marketplace Portal"
        case .central: "Operations Orchestration"
        }
    }

    private var sentence: String {
        switch standing.state {
        case .open: "\(name) is open again. Please try once more."
        case .draining:
            "\(name) is being prepared for maintenance. Looking is possible; orders and other changes are not taken."
        case .closed: "\(name) is in maintenance."
        }
    }

    private var reason: String? {
        var reason = ""
        for character in standing.reason {
            guard reason.utf8.count + character.utf8.count <= FenceLimits.reasonByteCountMax else { break }
            reason.append(character)
        }
        return standing.state == .open || reason.isEmpty ? nil : reason
    }

    private var expectedEnd: Timestamp? { standing.state == .open ? nil : standing.expectedEnd }

    private func problem(_ status: HTTPResponse.Status) -> JSONObject {
        var object = JSONObject([
            ("type", .string(Problem.typeBase + "maintenance")), ("title", .string("In maintenance")),
            ("status", .number(JSONNumber(status.code))),
            ("detail", .string(sentence + (reason.map { " Reason: \($0)" } ?? ""))),
            ("system", .string(standing.system.rawValue)), ("state", .string(standing.state.rawValue)),
        ])
        object.set("reason", ifPresent: reason.map { .string($0) })
        object.set("expectedEnd", ifPresent: expectedEnd.map { .time($0) })
        return object
    }

    private var html: String {
        var paragraphs = ["<p>\(Self.escaped(sentence))</p>"]
        if let reason { paragraphs.append("<p>Reason: \(Self.escaped(reason))</p>") }
        if let expectedEnd {
            let text = expectedEnd.cutToSecond.rfc3339
            let shown = text.replacing("T", with: " ").replacing("Z", with: " UTC")
            paragraphs.append(
                "<p>Expected to end: <time datetime=\"\(Self.escaped(text))\">\(Self.escaped(shown))</time></p>")
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>Maintenance</title><style>\(Self.style)</style></head>
            <body><main><h1>Maintenance</h1>
            \(paragraphs.joined(separator: "\n"))
            </main></body></html>

            """
    }

    private static let style = "main{max-width:40em;margin:4em auto;padding:0 1em;font:1.1em/1.5 sans-serif}"
    private static let styleHash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result += " "
            default: if !scalar.properties.generalCategory.isControl { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}

extension Unicode.GeneralCategory {
    /// Controls and marks of direction, which could turn what follows around.
    fileprivate var isControl: Bool { self == .control || self == .format }
}
