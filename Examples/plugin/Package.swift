// swift-tools-version:6.2
import PackageDescription

let package = Package(
    name: "night-shift",
    products: [.library(name: "NightShift", targets: ["NightShift"])],
    dependencies: [.package(name: "sluice", path: "../..")],
    targets: [
        .target(name: "NightShift", dependencies: [.product(name: "SluicePluginKit", package: "sluice")]),
        .testTarget(
            name: "NightShiftTests",
            dependencies: ["NightShift", .product(name: "SluicePluginTesting", package: "sluice")]),
    ])
