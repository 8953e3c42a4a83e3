import HTTPTypes
import NIOHTTP1

/// Which header fields pass from client to Central and back: all but those that belong to one connection (RFC 9110
/// section 7.6.1), in their order, with their values as they are.
enum PassingHeaders {
    /// Marks a call that came through a facade: one that comes to it again goes in a circle.
    static let markName = "Sluice-Facade"
    static let mark = HTTPField.Name(markName)!

    private static let connectionOnly: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]
    /// Made anew for the connection to Central (the server has answered `Expect` itself), or such as could make
    /// Central, or a proxy before it, see another request than the one that was decided: the fence drops the same.
    private static let ownOfRequests: Set<String> = [
        "host", "content-length", "expect", "sluice-facade", "x-original-url", "x-rewrite-url", "x-original-uri",
        "x-original-method", "x-forwarded-uri", "x-forwarded-method", "x-forwarded-prefix",
    ]
    /// What only Sluice says.
    private static let ownOfAnswers: Set<String> = ["sluice-decision", "sluice-ticket"]

    static func toCentral(_ fields: HTTPFields) -> HTTPHeaders {
        let named = names(in: fields[values: .connection])
        var headers = HTTPHeaders()
        headers.reserveCapacity(fields.count + 2)
        for field in fields {
            let name = field.name.canonicalName
            guard !connectionOnly.contains(name), !ownOfRequests.contains(name), !named.contains(name) else { continue }
            headers.add(name: field.name.rawName, value: field.value)
        }
        headers.add(name: markName, value: "1")
        return headers
    }

    static func toClient(_ headers: HTTPHeaders) -> HTTPFields {
        let named = names(in: headers["connection"])
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        for (name, value) in headers {
            guard let fieldName = HTTPField.Name(name) else { continue }
            let lower = fieldName.canonicalName
            guard !connectionOnly.contains(lower), !ownOfAnswers.contains(lower), !named.contains(lower) else {
                continue
            }
            fields.append(HTTPField(name: fieldName, value: value))
        }
        return fields
    }

    private static func names(in values: [String]) -> Set<String> {
        if values.isEmpty { return [] }
        var names: Set<String> = []
        for value in values {
            for part in value.split(separator: ",") {
                names.insert(String(part.drop { $0 == " " }.prefix { $0 != " " }).lowercased())
            }
        }
        // Without these nobody could tell what a call is, or whose.
        return names.subtracting(["host", "authorization", "cookie", "content-type", "content-encoding"])
    }
}
