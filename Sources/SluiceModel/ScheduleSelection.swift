/// Which schedules an order is about: any that one of its parts names; with no part, all.
public struct ScheduleSelection: Hashable, Sendable {
    public var ids: [ScheduleID]
    public var flowIDs: [FlowID]
    public var paths: [PathGlob]

    /// Most parts of one selection.
    public static let partCountMax = 1000

    public static let all = ScheduleSelection()

    public init(ids: [ScheduleID] = [], flows: [FlowID] = [], paths: [PathGlob] = []) {
        self.ids = ids
        flowIDs = flows
        self.paths = paths
    }

    public var isAll: Bool { ids.isEmpty && flowIDs.isEmpty && paths.isEmpty }

    public func matches(id: ScheduleID, flow: FlowID?, path: String?) -> Bool {
        if isAll || ids.contains(id) { return true }
        if let flow, flowIDs.contains(flow) { return true }
        if let path, paths.contains(where: { $0.matches(path) }) { return true }
        return false
    }

    /// What either names.
    public func extended(by other: ScheduleSelection) -> ScheduleSelection {
        if isAll || other.isAll { return .all }
        return ScheduleSelection(
            ids: ids + other.ids.filter { !ids.contains($0) },
            flows: flowIDs + other.flowIDs.filter { !flowIDs.contains($0) },
            paths: paths + other.paths.filter { !paths.contains($0) })
    }

    /// As fields of a journal entry.
    public var fields: [JournalField] {
        ids.map { JournalField("id", $0.text) } + flowIDs.map { JournalField("flow", $0.text) }
            + paths.map { JournalField("path", $0.pattern) }
    }

    /// Reads what `fields` gives; other fields count for nothing.
    public init(fields: [JournalField]) {
        self.init()
        for field in fields {
            switch field.name {
            case "id": ids.append(ScheduleID(field.value))
            case "flow": flowIDs.append(FlowID(field.value))
            case "path": if let glob = PathGlob(field.value) { paths.append(glob) }
            default: break
            }
        }
    }
}
