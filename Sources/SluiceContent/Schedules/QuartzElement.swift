/// One job, trigger or command of a schedule file, as a small tree; larger ones are refused while they are built.
struct QuartzElement {
    let name: String
    /// As written, with its prefix: Quartz asks for some names that way.
    let qualifiedName: String
    /// Whether it is in Quartz's namespace.
    let isQuartz: Bool
    let line: Int
    let column: Int
    /// What Quartz's schema has against its attributes; nil when nothing.
    var attributeFault: String?
    /// Whether something beside elements and white space is in it, and it is no leaf.
    var hasStrayText = false
    /// Its own text, untrimmed.
    var text = ""
    var children: [QuartzElement] = []

    /// The first child of that name.
    func child(_ name: String) -> QuartzElement? { children.first { $0.name == name && $0.isQuartz } }

    /// The trimmed text of a child; nil when the child is absent or blank (Quartz's `getTrimmedToNullString`).
    func value(_ name: String) -> String? {
        guard let child = child(name) else { return nil }
        let value = trimmed(child.text)
        return value.isEmpty ? nil : value
    }

    /// The entries of its `job-data-map`, sorted by key; a later entry of the same key wins.
    var data: [ScheduleDataEntry] {
        guard let map = child("job-data-map") else { return [] }
        var values: [String: String?] = [:]
        for entry in map.children where entry.name == "entry" {
            if let key = entry.value("key") { values[key] = .some(entry.value("value")) }
        }
        return values.map { ScheduleDataEntry(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }

    /// The entries of its `job-data-map` whose key is blank.
    var keylessEntries: [QuartzElement] {
        (child("job-data-map")?.children ?? []).filter { $0.name == "entry" && $0.value("key") == nil }
    }

    /// `group` and `name`, by the names of the two children; nil when the name is missing.
    func key(name: String = "name", group: String = "group") -> ScheduleKey? {
        value(name).map { ScheduleKey(group: value(group) ?? ScheduleKey.defaultGroup, name: $0) }
    }
}
