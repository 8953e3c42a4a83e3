/// The members of a JSON object in the order they were read or set; names are unique.
///
/// Names are compared as Swift compares strings: two spellings that Unicode calls equivalent are one name.
public struct JSONObject: Hashable, Sendable {
    /// In order.
    public private(set) var members: [Member]

    /// One name and its value.
    public struct Member: Hashable, Sendable {
        public let name: String
        public fileprivate(set) var value: JSONValue
    }

    public init() { members = [] }

    /// - Precondition: No name occurs twice.
    public init(_ pairs: [(String, JSONValue)]) {
        members = pairs.map { Member(name: $0.0, value: $0.1) }
        precondition(members.firstDuplicateName() == nil, "a JSON object has one name twice")
    }

    /// For the reader, which has checked the names.
    init(unchecked members: [Member]) { self.members = members }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }

    /// The value of a name, in time proportional to `count`. Setting nil removes; setting a new name appends.
    public subscript(name: String) -> JSONValue? {
        get { index(of: name).map { members[$0].value } }
        set {
            switch (index(of: name), newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// Appends a member unless its value is nil: for fields that are left out when there is nothing to say.
    public mutating func set(_ name: String, ifPresent value: JSONValue?) {
        if let value { self[name] = value }
    }

    func index(of name: String) -> Int? { members.firstIndex { $0.name == name } }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, JSONValue)...) { self.init(pairs) }
}

extension [JSONObject.Member] {
    /// From this many members on a set is cheaper than comparing each with each.
    private static let setCountMin = 16

    /// The index of the first member whose name an earlier one has.
    func firstDuplicateName() -> Int? {
        if count < Self.setCountMin {
            for index in indices.dropFirst() {
                for earlier in 0..<index where self[earlier].name == self[index].name { return index }
            }
            return nil
        }
        var seen = Set<String>(minimumCapacity: count)
        return firstIndex { !seen.insert($0.name).inserted }
    }
}
