// swift-tools-version:6.2
import PackageDescription

// One package, one loop of shared settings at the end. Who may import whom: docs/ARCHITECTURE.md.

let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .executable(name: "sluice-sandbox", targets: ["sluice-sandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibXML2", path: "Sources/CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(
            name: "CDuktape", path: "Sources/CDuktape", pkgConfig: "duktape", providers: [.apt(["duktape-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The pure part: no Foundation, clock, randomness, lock, log or `async`.
        .target(name: "SluiceModel"),
        .target(name: "SluiceJSON"),
        .target(name: "SluiceCore", dependencies: ["SluiceModel"]),
        .target(name: "SluiceDrawing"),
        .target(name: "SluiceForecast", dependencies: ["SluiceModel", "SluiceJSON", "SluiceDrawing"]),

        .target(name: "SluicePorts", dependencies: ["SluiceModel"]),
        .target(
            name: "SluiceContent",
            dependencies: [
                "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceDrawing", "CLibXML2", "CZlib", yams,
            ]),
        .target(name: "SluiceFlowRunner", dependencies: ["SluiceModel", "SluiceContent"]),
        .target(
            name: "SluiceScriptlets", dependencies: ["SluiceContent", "SluiceFlowRunner", "SluiceJSON", "CDuktape"]),
        .target(name: "SluiceSealing", dependencies: ["SluiceModel", "SluicePorts", crypto]),
        .target(
            name: "SluiceEngine",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", lifecycle, logging, metrics, coreMetrics,
            ]),
        .target(
            name: "SluiceSQLite", dependencies: ["SluiceModel", "SluicePorts", "SluiceJSON", grdb, logging]),
        .target(
            name: "SluiceCentral",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceJSON", asyncHTTPClient, logging, nioCore, nioHTTP1, nioSSL,
            ]),
        .target(
            name: "SluiceHTTP",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceJSON", hummingbird,
                hummingbirdCore,
                httpTypes, logging,
                metrics, coreMetrics, nioCore, crypto,
            ]),
        .target(name: "SluiceConfig", dependencies: ["SluiceModel", yams]),
        .target(
            name: "SluiceSandbox",
            dependencies: [hummingbird, asyncHTTPClient, lifecycle, logging, nioCore, nioHTTP1, httpTypes]),
        .target(
            name: "SluiceScenarios",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceSQLite",
                "SluiceCentral",
                "SluiceHTTP",
                "SluiceContent", "SluiceConfig", "SluiceSealing", "SluiceSandbox", "SluiceJSON", asyncHTTPClient,
                lifecycle, unixSignals, logging, metrics, nioCore, nioHTTP1,
            ]),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceContent", "SluiceConfig", "SluiceScenarios",
                argumentParser,
                asyncHTTPClient, logging, nioCore, nioHTTP1,
            ]),
        .executableTarget(
            name: "sluice-sandbox", dependencies: ["SluiceSandbox", argumentParser, lifecycle, unixSignals, logging]),

        .executableTarget(
            name: "sluice-bench",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluicePorts", "SluiceSQLite", "SluiceContent", argumentParser, logging,
                nioCore, nioPosix,
                nioHTTP1,
            ],
            path: "Benchmarks/sluice-bench"),

        // Our side of scripts/differential; it builds with SLUICE_ROOMS=content too.
        .executableTarget(
            name: "schedule-peer", dependencies: ["SluiceModel", "SluiceForecast", "SluiceContent"],
            path: "Benchmarks/schedule-peer"),

        .target(
            name: "SluiceTestKit",
            dependencies: ["SluiceModel", "SluiceCore", "SluicePorts"]),

        // Invariants of the readers, for Fuzz/sluice-fuzz and the tests of its corpus.
        .target(name: "SluiceFuzzing", dependencies: ["SluiceModel", "SluiceJSON", "SluiceContent"]),

        .testTarget(name: "SluiceModelTests", dependencies: ["SluiceModel", "SluiceTestKit"]),
        .testTarget(name: "SluiceJSONTests", dependencies: ["SluiceJSON"]),
        .testTarget(name: "SluiceCoreTests", dependencies: ["SluiceModel", "SluiceCore", "SluiceTestKit"]),
        .testTarget(
            name: "SluiceForecastTests", dependencies: ["SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceDrawing"],
            exclude: ["Fixtures"]),
        .testTarget(
            name: "SluiceContentTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceDrawing", "SluiceContent", "SluiceFuzzing",
                "CZlib",
            ]),
        .testTarget(
            name: "SluiceFlowRunnerTests", dependencies: ["SluiceContent", "SluiceFlowRunner", "SluiceScriptlets"]),
        .testTarget(name: "SluiceSealingTests", dependencies: ["SluiceModel", "SluicePorts", "SluiceSealing"]),
        .target(name: "CSyncRecorder", path: "Tests/CSyncRecorder"),
        .testTarget(
            name: "SluiceSQLiteTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceSQLite", "SluiceTestKit", "CSyncRecorder", grdb, logging,
            ]),
        .testTarget(
            name: "SluiceEngineTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceSealing",
                "SluiceTestKit", logging,
            ]),
        .testTarget(
            name: "SluiceCentralTests",
            dependencies: [
                "SluiceModel", "SluicePorts", "SluiceCentral", "SluiceSandbox", "SluiceTestKit", hummingbird,
                asyncHTTPClient, logging, nioCore,
            ]),
        .testTarget(name: "SluiceConfigTests", dependencies: ["SluiceModel", "SluiceConfig"]),
        .testTarget(
            name: "SluiceHTTPTests",
            dependencies: [
                "SluiceModel", "SluiceForecast", "SluiceCore", "SluicePorts", "SluiceEngine", "SluiceHTTP",
                "SluiceJSON", "SluiceSealing",
                "SluiceTestKit", hummingbird, hummingbirdTesting, httpTypes, logging, nioCore, yams,
            ]),
        .testTarget(
            name: "SluiceSandboxTests",
            dependencies: [
                "SluiceSandbox", hummingbird, asyncHTTPClient, nioCore, nioHTTP1, logging, lifecycle, httpTypes,
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "sluice", "sluice-sandbox", "SluiceModel", "SluiceForecast", "SluiceJSON", "SluiceContent",
                "SluiceFlowRunner",
                "SluiceScriptlets", "SluiceSandbox", asyncHTTPClient, logging, lifecycle, nioCore, nioHTTP1,
            ]),
    ])

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + strict
}

// SLUICE_FUZZ=1: the readers alone, instrumented, and the fuzzer (scripts/fuzz); its runtime is in Swift's toolchain.
let isFuzzing = Context.environment["SLUICE_FUZZ"] == "1"
if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "sluice-fuzz", dependencies: ["SluiceFuzzing"], path: "Fuzz/sluice-fuzz",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]))
    let instrumented = [
        "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceDrawing", "SluiceContent", "SluiceFuzzing", "sluice-fuzz",
    ]
    for target in package.targets where instrumented.contains(target.name) {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer,address"])]
    }
}

// SLUICE_ROOMS=content: the readers and their tests alone, for fuzzers, sanitizers and whoever works on them only.
if isFuzzing || Context.environment["SLUICE_ROOMS"] == "content" {
    let rooms: Set<String> = [
        "SluiceModel", "SluiceJSON", "SluiceForecast", "SluiceForecastTests", "SluiceContent", "SluiceContentTests",
        "SluiceDrawing", "CLibXML2", "CZlib", "SluiceFlowRunner",
        "SluiceFlowRunnerTests", "SluiceScriptlets", "CDuktape", "SluiceFuzzing", "sluice-fuzz", "schedule-peer",
    ]
    package.products.removeAll()
    package.targets.removeAll { !rooms.contains($0.name) }
    package.dependencies = [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")]
}
