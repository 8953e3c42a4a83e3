import CSyncRecorder
import FoundationEssentials
import SluiceTestKit

/// What a store did to its files, as the recorder VFS saw it, and the disks that a power cut could leave.
final class SyncLog: Sendable {
    /// Of the VFS, for `SQLiteStoreOptions.vfsName`.
    let vfsName: String
    // Why nonisolated(unsafe): the recorder has its own lock and is never freed.
    private nonisolated(unsafe) let recorder: OpaquePointer

    enum Operation {
        case write(offset: Int, bytes: [UInt8])
        case truncate(size: Int)
        case sync
        case delete
    }

    struct Entry {
        let file: String
        let operation: Operation
    }

    init() throws {
        vfsName = "recorder-\(UInt64.random(in: 0 ... .max))"
        guard let recorder = csync_create(vfsName) else { throw ConformanceFailure("SQLite refused the recorder VFS") }
        self.recorder = recorder
    }

    /// How many operations there were so far.
    var position: Int { Int(csync_position(recorder)) }

    /// Lets some operations fail; see `csync_fail`.
    func fail(_ kind: Int, on suffix: String, skip: Int = 0, count: Int, code: Int32) {
        csync_fail(recorder, Int32(kind), suffix, Int32(skip), Int32(count), code)
    }

    /// How many operations were made to fail.
    var failureCount: Int { Int(csync_failure_count(recorder)) }

    /// Everything so far, in order.
    var entries: [Entry] {
        (0..<position).compactMap { index in
            var record = csync_record()
            guard csync_read(recorder, Int64(index), &record) == 1, let name = csync_file_name(recorder, record.file)
            else {
                return nil
            }
            let operation: Operation
            switch Int(record.kind) {
            case CSYNC_WRITE:
                let bytes = Array(UnsafeBufferPointer(start: record.bytes, count: Int(record.size)))
                operation = .write(offset: Int(record.offset), bytes: bytes)
            case CSYNC_TRUNCATE: operation = .truncate(size: Int(record.offset))
            case CSYNC_SYNC: operation = .sync
            default: operation = .delete
            }
            return Entry(file: String(cString: name), operation: operation)
        }
    }

    /// What each file could hold after a power cut: all that was synced before the cut, and of the later operations
    /// a random part, writes torn at 512-byte sectors.
    static func disk(
        _ entries: [Entry], cutAt cut: Int, random: inout SeededGenerator
    ) -> [String: [UInt8]] {
        var lastSyncs: [String: Int] = [:]
        for (index, entry) in entries[..<cut].enumerated() {
            if case .sync = entry.operation { lastSyncs[entry.file] = index }
        }
        // Each cut has its own weather, from "nothing unsynced arrived" to "nearly all did".
        let keptOfTen = Int.random(in: 0...10, using: &random)
        var files: [String: [UInt8]] = [:]
        for (index, entry) in entries[..<cut].enumerated() {
            let isSynced = index < lastSyncs[entry.file] ?? -1
            let isKept = isSynced || Int.random(in: 0..<10, using: &random) < keptOfTen
            switch entry.operation {
            case .write(let offset, let bytes):
                guard isKept else { continue }
                let isTorn = !isSynced && Int.random(in: 0..<4, using: &random) == 0
                for start in stride(from: 0, to: bytes.count, by: isTorn ? 512 : max(1, bytes.count)) {
                    guard !isTorn || Bool.random(using: &random) else { continue }
                    let part = bytes[start..<(isTorn ? min(start + 512, bytes.count) : bytes.count)]
                    files[entry.file, default: []].put(part, at: offset + start)
                }
            case .truncate(let size):
                guard isKept, let old = files[entry.file] else { continue }
                files[entry.file] = Array(old.prefix(size))
            case .sync: break
            case .delete: files[entry.file] = nil
            }
        }
        return files
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        let end = offset + bytes.count
        if count < end { self += [UInt8](repeating: 0, count: end - count) }
        withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyMemory(from: $0) }
        }
    }
}
