import SluiceContent

extension ContentLimits {
    /// Limits so small that a fuzzer's inputs reach them, and that a reader which ignores one shows as slow or large.
    static var fuzzing: ContentLimits {
        var limits = ContentLimits()
        limits.archiveEntryCountMax = 64
        limits.documentBytesMax = 64 << 10
        limits.packBytesMax = 256 << 10
        limits.archiveDirectoryBytesMax = 16 << 10
        limits.archiveRatioMax = 50
        limits.archiveRatioFreeBytes = 4 << 10
        limits.xmlDepthMax = 32
        limits.xmlAttributeCountMax = 16
        limits.xmlTextBytesMax = 1 << 10
        limits.xmlStalledBytesMax = 8 << 10
        limits.xmlTagBytesMax = 4 << 10
        limits.propertiesBytesMax = 16 << 10
        limits.yamlBytesMax = 16 << 10
        limits.yamlDepthMax = 20
        limits.yamlNodeCountMax = 2_000
        limits.documentPartCountMax = 100
        limits.packPartCountMax = 500
        limits.keptTextBytesMax = 16 << 10
        limits.scheduleElementCountMax = 100
        limits.schedulePartCountMax = 50
        limits.diagnosticCountMax = 8
        return limits
    }
}
