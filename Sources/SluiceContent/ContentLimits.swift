/// Every limit of the readers, by name; reaching one is a diagnostic, never a hang or a crash.
///
/// The defaults fit the largest real packs many times over (largest flow 250 kB, 457 files); a hostile file stays
/// cheap.
public struct ContentLimits: Hashable, Sendable {
    /// Bytes read, inflated and parsed at a time; nothing larger is ever held of a document.
    public static let chunkBytes = 64 << 10

    // MARK: Archives

    /// Entries of one archive.
    public var archiveEntryCountMax = 100_000
    /// Inflated bytes of one entry, and bytes of one file on disk.
    public var documentBytesMax = 64 << 20
    /// Inflated bytes of all entries of one archive, or bytes read of one tree.
    public var packBytesMax = 2 << 30
    /// Bytes of an archive's central directory, which is held in memory.
    public var archiveDirectoryBytesMax = 32 << 20
    /// Inflated bytes for one packed byte, beyond the first `archiveRatioFreeBytes`.
    public var archiveRatioMax = 200
    /// Inflated bytes of one entry before the ratio counts.
    public var archiveRatioFreeBytes = 1 << 20

    // MARK: Trees

    /// Files and folders of a project tree.
    public var treeFileCountMax = 100_000
    /// Folders above a file of a project tree; real packs have up to 9.
    public var treeDepthMax = 64

    // MARK: XML

    /// Elements around an element; libxml2's own limit is 256.
    public var xmlDepthMax = 200
    /// Attributes of one element.
    public var xmlAttributeCountMax = 256
    /// Bytes of one text or attribute value that is kept.
    public var xmlTextBytesMax = 64 << 10
    /// Bytes of a constant, a script or the texts of a document, which people paste whole files into.
    public var xmlValueBytesMax = 8 << 20
    /// Bytes without an event: libxml2 2.9.14 is quadratic in what it must hold before it can report.
    public var xmlStalledBytesMax = 512 << 10
    /// Bytes of one start tag; the same reason, and the part that hurts most.
    public var xmlTagBytesMax = 128 << 10
    /// Time for one document, looked at between chunks.
    public var xmlDuration: Duration = .seconds(60)

    // MARK: Properties and CloudSlang

    /// Bytes of a `contentpack.properties` file.
    public var propertiesBytesMax = 1 << 20
    /// Bytes of a pack's texts, `resource-bundles/cp.properties`; a real pack of 187 flows has 1 MB.
    public var textsBytesMax = 64 << 20
    /// Texts of one pack.
    public var textCountMax = 1_000_000
    /// Bytes of a CloudSlang file.
    public var yamlBytesMax = 1 << 20
    /// Collections around a YAML node; libyaml's own limit is 1,000.
    public var yamlDepthMax = 100
    /// YAML nodes of one file.
    public var yamlNodeCountMax = 200_000

    // MARK: Threads

    /// Threads that read the documents of one pack; what is read does not depend on it.
    public var threadCountMax = ParallelWork.threadCountDefault
    /// Files that are read before the first of them is handed on, and their bytes.
    var batchFileCountMax = 512
    var batchBytesMax = 16 << 20

    // MARK: Pictures

    /// Steps that a picture of a flow shows; it says that there are more.
    public var drawingStepCountMax = 10_000
    /// Transitions that a picture of a flow shows; it says that there are more.
    public var drawingTransitionCountMax = 40_000
    /// Bends of arrows that are led around rows of steps; later arrows of the picture go straight.
    var drawingBendCountMax = 40_000
    /// Nodes and bends of a layout that is tried in several orders; larger ones get two tries.
    var drawingTriedCountMax = 2_000

    // MARK: Results

    /// Steps, inputs or responses of one document.
    public var documentPartCountMax = 50_000
    /// Steps, inputs, transitions, results, filters and branches of one document, all together.
    public var documentGraphPartCountMax = 500_000
    /// Flows, items, inputs, responses and references kept of one pack.
    public var packPartCountMax = 2_000_000
    /// Bytes of text kept of one pack or schedule.
    public var keptTextBytesMax = 128 << 20
    /// Elements inside one job or trigger.
    public var scheduleElementCountMax = 20_000
    /// Jobs and triggers of one schedule file.
    public var schedulePartCountMax = 250_000
    /// Bytes of one line of a crontab; Debian's cron takes commands of 998.
    public var crontabLineBytesMax = 16 << 10
    /// JSON values of one file of Central's schedules.
    public var scheduleValueCountMax = 4_000_000
    /// Remarks about one pack or schedule; the last one says that there were more.
    public var diagnosticCountMax = 1_000

    public init() {}
}
