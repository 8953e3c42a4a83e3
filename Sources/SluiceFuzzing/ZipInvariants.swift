import Glibc
import SluiceContent
import SluiceModel

/// What holds for every archive.
enum ZipInvariants {
    static func check(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let file = try ScratchFile(bytes)
        try checkEntries(file.path)
        try checkPack(file.path)
    }

    private static func checkEntries(_ path: String) throws(BrokenInvariant) {
        let limits = ContentLimits.fuzzing
        var problems: [Diagnostic] = []
        guard let reader = ZipArchiveReader(path: path, limits: limits, diagnostics: &problems) else {
            try require(problems.count == 1, "the archive is refused with \(problems.count) remarks")
            return try ShownInvariants.check(problems, countMax: 1, lineMax: 1)
        }
        try require(reader.entries.count <= limits.archiveEntryCountMax, "\(reader.entries.count) entries")
        var names: Set<[UInt8]> = []
        var total = 0
        for entry in reader.entries {
            try check(name: Array(entry.name.utf8))
            try require(names.insert(Array(entry.name.utf8)).inserted, "two entries are called \(entry.name)")
            var given = 0
            let problem = reader.read(entry) { piece in
                given += piece.count
                return true
            }
            total += given
            try require(given <= entry.size, "\(given) bytes are given of \(entry.size)")
            try require(given <= limits.documentBytesMax, "\(given) bytes are given of one entry")
            try require(total <= limits.packBytesMax, "\(total) bytes are given of one archive")
            if let problem {
                try ShownInvariants.check([problem], countMax: 1, lineMax: 1)
            } else {
                try require(given == entry.size, "\(given) bytes of \(entry.size) are given without a remark")
            }
        }
        try ShownInvariants.check(reader.diagnostics, countMax: limits.diagnosticCountMax, lineMax: 1)
    }

    /// Relative, inside the archive, and of one kind of separator.
    private static func check(name: [UInt8]) throws(BrokenInvariant) {
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSafe =
            !name.isEmpty && name.first != UInt8(ascii: "/") && !name.contains(0)
            && !name.contains(UInt8(ascii: "\\")) && !parts.contains { Array($0) == [0x2E, 0x2E] }
        try require(isSafe, "the name \(String(decoding: name, as: UTF8.self).debugDescription) leads astray")
    }

    private static func checkPack(_ path: String) throws(BrokenInvariant) {
        let limits = ContentLimits.fuzzing
        let reader = ContentPackReader(limits: limits)
        let pack = reader.read(path: path)
        try require(pack == reader.read(path: path), "the pack reads differently the second time")
        try ShownInvariants.check(
            pack.diagnostics, countMax: limits.diagnosticCountMax, lineMax: limits.documentBytesMax)
        let parts = pack.flows.reduce(pack.items.count + pack.dependencies.count + pack.flows.count) { count, flow in
            count + flow.inputs.count + flow.responses.count + flow.references.count
        }
        try require(parts <= limits.packPartCountMax, "\(parts) parts are kept")
        try ShownInvariants.check(json: PackInspection.json(pack))
        try ShownInvariants.check(text: PackInspection.text(pack))
    }
}

/// A file with some bytes, gone when nobody needs it; in memory where the system offers that.
private final class ScratchFile {
    let path: String

    init(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(folder)/sluice-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw BrokenInvariant("cannot write a scratch file in \(folder)") }
        defer { close(descriptor) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw BrokenInvariant("cannot write \(bytes.count) bytes to \(path)")
        }
    }

    deinit { unlink(path) }
}
