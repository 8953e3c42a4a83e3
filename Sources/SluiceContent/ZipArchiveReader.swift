public import SluiceModel

/// A zip archive, or jar, that distrusts what it reads.
///
/// Entries whose names, spans or methods cannot be trusted are left out with a diagnostic, the others stay readable.
/// Data comes in pieces of 64 KiB, so memory does not grow with the archive. Not `Sendable`: one reader owns it.
public final class ZipArchiveReader {
    /// The trusted files and folders, in the order of the archive's directory.
    public private(set) var entries: [ZipEntry] = []
    /// Remarks about the archive and the entries that were left out.
    public var diagnostics: [Diagnostic] { remarks.all }

    private var remarks: DiagnosticList
    private let file: RandomAccessFile
    private let limits: ContentLimits
    private let inflater = ZipInflater()
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: ContentLimits.chunkBytes, alignment: 16)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: ContentLimits.chunkBytes, alignment: 16)
    private var totalBytes = 0

    /// Opens an archive; nil when it cannot be read at all, and `diagnostics` then says why.
    public convenience init?(path: String, limits: ContentLimits = ContentLimits(), diagnostics: inout [Diagnostic]) {
        do throws(ContentError) {
            try self.init(file: RandomAccessFile(path: path), limits: limits)
        } catch {
            diagnostics.append(error.diagnostic)
            return nil
        }
    }

    init(file: RandomAccessFile, limits: ContentLimits) throws(ContentError) {
        self.file = file
        self.limits = limits
        remarks = DiagnosticList(countMax: limits.diagnosticCountMax)
        let directory = ZipDirectory(file: file, limits: limits)
        let place = try directory.place()
        let declared = try directory.entries(place, diagnostics: &remarks)
        entries = try withoutOverlaps(withoutDuplicates(declared), directoryOffset: place.offset)
    }

    /// A reader of the same archive for another thread: it shares the open file and what was found of its directory.
    init(sharing other: ZipArchiveReader) {
        file = other.file
        limits = other.limits
        remarks = DiagnosticList(countMax: 1)
        entries = other.entries
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }

    /// Inflates one entry in pieces, until the receiver answers false.
    ///
    /// - Returns: What is wrong with the entry; nil when all of it was read and its checksum fits, or the receiver
    ///   wanted no more. Pieces handed over before an error are not to be trusted.
    public func read(_ entry: ZipEntry, into receive: (UnsafeRawBufferPointer) -> Bool) -> Diagnostic? {
        do throws(ContentError) {
            try inflate(entry, into: receive)
            return nil
        } catch {
            return error.diagnostic
        }
    }

    /// One entry's bytes as they are packed, in pieces, until the receiver answers false; no checksum is looked at.
    func readPacked(_ entry: ZipEntry, into receive: (UnsafeRawBufferPointer) -> Bool) throws(ContentError) {
        var done = 0
        while done < entry.packedSize {
            let buffer = UnsafeMutableRawBufferPointer(rebasing: input[..<min(input.count, entry.packedSize - done)])
            guard try file.read(at: entry.dataOffset + done, into: buffer) == buffer.count else {
                throw failure(entry, "zip-truncated", "the archive ended inside the entry")
            }
            done += buffer.count
            guard receive(UnsafeRawBufferPointer(buffer)) else { return }
        }
    }

    private func inflate(_ entry: ZipEntry, into receive: (UnsafeRawBufferPointer) -> Bool) throws(ContentError) {
        var checksum = Checksum()
        var given = 0
        var packedRead = 0
        var isEnded = false
        inflater.reset()
        while packedRead < entry.packedSize, !isEnded {
            let wanted = min(input.count, entry.packedSize - packedRead)
            let buffer = UnsafeMutableRawBufferPointer(rebasing: input[..<wanted])
            guard try file.read(at: entry.dataOffset + packedRead, into: buffer) == wanted else {
                throw failure(entry, "zip-truncated", "the archive ended inside the entry")
            }
            packedRead += wanted
            var pending = UnsafeRawBufferPointer(buffer)
            while !isEnded {
                let piece: UnsafeRawBufferPointer
                if entry.method == ZipEntry.stored {
                    piece = pending
                    pending = UnsafeRawBufferPointer(rebasing: pending[pending.count...])
                } else {
                    let (taken, count): (Int, Int)
                    switch inflater.step(input: pending, output: output) {
                    case .progress(let inputCount, let outputCount): (taken, count) = (inputCount, outputCount)
                    case .end(let inputCount, let outputCount):
                        (taken, count) = (inputCount, outputCount)
                        isEnded = true
                    case .damaged: throw failure(entry, "zip-damaged", "the entry's data is damaged")
                    }
                    pending = UnsafeRawBufferPointer(rebasing: pending[taken...])
                    piece = UnsafeRawBufferPointer(rebasing: output[..<count])
                    if taken == 0, count == 0 { break }
                }
                given += piece.count
                totalBytes += piece.count
                try check(entry, given: given, packedRead: packedRead - pending.count)
                checksum.update(piece)
                if !piece.isEmpty, !receive(piece) { return }
                if pending.isEmpty, piece.count < output.count { break }
            }
        }
        guard given == entry.size else {
            throw failure(entry, "zip-size", "the entry has \(given) bytes, its directory says \(entry.size)")
        }
        guard entry.method == ZipEntry.stored || isEnded || entry.packedSize == 0 else {
            throw failure(entry, "zip-truncated", "the entry's data ends early")
        }
        guard checksum.value == UInt(entry.checksum) else {
            throw failure(entry, "zip-checksum", "the entry's data does not fit its checksum")
        }
    }

    private func check(_ entry: ZipEntry, given: Int, packedRead: Int) throws(ContentError) {
        if given > limits.archiveRatioFreeBytes, given / limits.archiveRatioMax > packedRead {
            throw failure(
                entry, "zip-ratio", "the entry inflates to more than \(limits.archiveRatioMax) times its packed size")
        }
        guard given <= limits.documentBytesMax else {
            throw failure(entry, "zip-entry-size", "the entry is larger than \(limits.documentBytesMax) bytes")
        }
        guard given <= entry.size else {
            throw failure(entry, "zip-size", "the entry holds more data than its directory says: \(entry.size) bytes")
        }
        guard totalBytes <= limits.packBytesMax else {
            throw failure(entry, "zip-total-size", "the archive inflates to more than \(limits.packBytesMax) bytes")
        }
    }

    private func failure(_ entry: ZipEntry, _ code: String, _ message: String) -> ContentError {
        ContentError(code, message, file: "\(file.path)!/\(shown(entry.name))")
    }

    // MARK: Trust

    /// Leaves out every name that appears twice: which of them another program would take is anyone's guess.
    private func withoutDuplicates(_ declared: [ZipEntry]) -> [ZipEntry] {
        var counts: [String: Int] = [:]
        for entry in declared { counts[entry.name, default: 0] += 1 }
        var reported: Set<String> = []
        return declared.filter { entry in
            guard counts[entry.name, default: 0] > 1 else { return true }
            if reported.insert(entry.name).inserted {
                remarks.append(failure(entry, "zip-duplicate", "the archive has more than one entry of this name"))
            }
            return false
        }
    }

    /// Reads each local header and leaves out entries that disagree with it or share bytes with another.
    private func withoutOverlaps(_ declared: [ZipEntry], directoryOffset: Int) throws(ContentError) -> [ZipEntry] {
        var placed: [ZipEntry] = []
        placed.reserveCapacity(declared.count)
        for var entry in declared {
            do throws(ContentError) {
                entry.dataOffset = try dataOffset(entry, directoryOffset: directoryOffset)
                placed.append(entry)
            } catch {
                remarks.append(error)
            }
        }
        let order = placed.indices.sorted { placed[$0].headerOffset < placed[$1].headerOffset }
        var overlapping: Set<Int> = []
        var last: Int?
        for index in order {
            if let last, placed[last].dataOffset + placed[last].packedSize > placed[index].headerOffset {
                overlapping.formUnion([last, index])
            }
            // The span that reaches furthest, so that an entry inside a long one is seen even behind a short one.
            let reach = { (index: Int) in placed[index].dataOffset + placed[index].packedSize }
            if last.map({ reach($0) <= reach(index) }) ?? true { last = index }
        }
        for index in overlapping.sorted() {
            remarks.append(failure(placed[index], "zip-overlap", "the entry shares bytes with another entry"))
        }
        return placed.indices.filter { !overlapping.contains($0) }.map { placed[$0] }
    }

    private func dataOffset(_ entry: ZipEntry, directoryOffset: Int) throws(ContentError) -> Int {
        guard let bytes = try file.bytes(at: entry.headerOffset, count: 30) else {
            throw failure(entry, "zip-truncated", "the entry lies outside the archive")
        }
        var header = ByteReader(bytes)
        guard header.uint32() == 0x0403_4B50, header.skip(4), let method = header.uint16(), header.skip(16),
            let nameBytes = header.uint16(), let extraBytes = header.uint16(), method == entry.method,
            let name = try file.bytes(at: entry.headerOffset + 30, count: Int(nameBytes)),
            name == Array(entry.name.utf8)
        else { throw failure(entry, "zip-header", "the entry's own header is not what the directory says") }
        let offset = entry.headerOffset + 30 + Int(nameBytes) + Int(extraBytes)
        guard offset <= directoryOffset, entry.packedSize <= directoryOffset - offset else {
            throw failure(entry, "zip-truncated", "the entry's data lies outside the archive")
        }
        return offset
    }
}
