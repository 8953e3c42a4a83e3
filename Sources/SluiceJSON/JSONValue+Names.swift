extension JSONValue {
    /// The names of values that a server keeps back, however it lists them: an object's members, or a list of names or
    /// of objects with a member `name`; none for null.
    /// - Returns: nil for every other shape, which may hide any number of them.
    public var namesOfHiddenValues: [String]? {
        switch self {
        case .null: return []
        case .object(let object): return object.members.map(\.name)
        case .array(let elements):
            let names = elements.compactMap { element in
                if case .object(let object) = element { object["name"]?.string } else { element.string }
            }
            return names.count == elements.count ? names : nil
        case .bool, .number, .string: return nil
        }
    }
}
