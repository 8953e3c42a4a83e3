internal import SluiceForecast
internal import SluiceJSON
internal import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// Reads bodies of CSA's answers: strict about what decides, lenient about the rest.
extension RESTCSAClient {
    /// - Parameter roots: The names that the root may have, upper and lower case alike.
    /// - Throws: `CSAError` `.unreadable`, with what to check.
    func xml(_ answer: CSAAnswer, _ call: Call, roots: [String]) throws -> XMLElement {
        try check(answer, call)
        var limits = XMLLimits()
        limits.byteCountMax = call.isListing ? configuration.maxListBytes : configuration.maxResponseBytes
        let root: XMLElement
        do throws(XMLError) {
            root = try XMLReader.read(answer.body, limits: limits)
        } catch {
            throw CSAError(
                .unreadable, "\(name(call)) answered what is not XML (\(error)); check csa.url, or what lies in between"
            )
        }
        guard roots.contains(where: { $0.lowercased() == root.localName.lowercased() }) else {
            throw CSAError(
                .unreadable,
                "\(name(call)) answered <\(root.name.prefix(60))>, not <\(roots.joined(separator: "> or <"))>; check "
                    + "csa.url and the version of CSA")
        }
        return root
    }

    /// A listing's elements of one name. What is announced and not there would pass for "none", so it is an error.
    func list(_ answer: CSAAnswer, _ call: Call, root: String, of element: String) throws -> [XMLElement] {
        let list = try xml(answer, call, roots: [root])
        let found = list.children.filter { $0.localName.lowercased() == element.lowercased() }
        guard found.count <= CSALimits.listCountMax else {
            throw CSAError(.unreadable, "\(name(call)) answered more than \(CSALimits.listCountMax) elements")
        }
        if let count = list.text(at: "count").flatMap({ Int($0) }), count > found.count {
            throw CSAError(.unreadable, "\(name(call)) says \(count) and lists \(found.count): a part was left out")
        }
        return found.map { $0.standingAlone(from: list) }
    }

    func json(_ answer: CSAAnswer, _ call: Call) throws -> JSONValue {
        try check(answer, call)
        var limits = JSONLimits()
        limits.byteCountMax = call.isListing ? configuration.maxListBytes : configuration.maxResponseBytes
        do throws(JSONError) {
            return try JSONReader.read(answer.body, limits: limits)
        } catch {
            throw CSAError(
                .unreadable,
                "\(name(call)) answered what is not JSON (\(error.code) at byte \(error.offset)); check csa.url, or "
                    + "what lies in between")
        }
    }

    /// The `members` of a JSON listing, and how many CSA says there are, if it does.
    func members(_ answer: CSAAnswer, _ call: Call) throws -> (members: [JSONObject], total: Int?) {
        let value = try json(answer, call)
        guard let elements = value["members"]?.array else {
            throw CSAError(.unreadable, "\(name(call)) answered JSON without members; check csa.url")
        }
        let members = try elements.map { element in
            guard let object = element.object else {
                throw CSAError(.unreadable, "\(name(call)) answered a member that is no object")
            }
            return object
        }
        return (members, value["@total_results"].flatMap(RESTCSAClient.count))
    }

    /// A number that is not negative, or its digits as text.
    static func count(_ value: JSONValue) -> Int? {
        switch value {
        case .number(let number): number.int.flatMap { $0 >= 0 ? $0 : nil }
        case .string(let text): Int(text).flatMap { $0 >= 0 ? $0 : nil }
        default: nil
        }
    }

    /// The lines of a list of messages; none is an error, for nothing is known then.
    func messages(_ answer: CSAAnswer, _ call: Call, names: [String] = []) throws -> [CSAItemMessage] {
        let list = try xml(answer, call, roots: ["messageList"])
        return list.children("messages").map { CSAItemMessage($0.text, names: names) }
    }

    // MARK: Parts

    /// An id from outside.
    /// - Throws: `CSAError` `.unreadable` when there is none, or it is none.
    func id<ID: TextIdentifier>(_ type: ID.Type, _ element: XMLElement, _ call: Call) throws -> ID {
        guard let id = element.text(at: "id").flatMap({ ID(checking: $0) }) else {
            throw CSAError(.unreadable, "\(name(call)) answered <\(element.name.prefix(60))> without an id")
        }
        return id
    }

    /// A time as CSA writes it: with an offset, or in its server's zone.
    func time(_ text: String?) -> Timestamp? {
        guard let text else { return nil }
        let time =
            Timestamp(rfc3339: text)
            ?? Timestamp(rfc3339: text + "Z").map { configuration.zone.instant(ofWallTime: $0) }
        return time.flatMap { Timestamp.calendarYears.contains($0) ? $0 : nil }
    }

    /// A time for a query: `yyyy-MM-ddTHH:mm:ss` in the zone of CSA's server (csa-api.md section 2, PROVEN).
    func legacyDate(_ time: Timestamp) -> String {
        let offset = Duration.seconds(configuration.zone.offsetSeconds(at: time))
        return String(time.advanced(by: offset).cutToSecond.rfc3339.dropLast())
    }
}
