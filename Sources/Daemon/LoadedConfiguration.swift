import Networks
import Outbox
import Specification
import SystemPackage

/// A configuration with its pipelines, checked as far as files tell.
struct LoadedConfiguration: Sendable {
    let layout: ServiceLayout
    /// One for each folder of the layout, in its order.
    let pipelines: [LoadedPipeline]
    /// What the files looked like before they were read, to notice when they change.
    let stamps: Set<FileStamp>

    /// - Parameter version: of this program; it is part of what a result depends on.
    static func load(_ given: FilePath, version: String) throws(ConfigurationFault) -> LoadedConfiguration {
        let layout = try ServiceLayout.load(given)
        try ForeignHands.refuse(PathBytes(layout.file.bytes))
        let networks = NetworkStore()
        var pipelines: [PathBytes: LoadedPipeline] = [:]
        var faults = ""
        var isUnsafe = false
        for file in Set(layout.configuration.folders.map(\.pipeline)).sorted(by: {
            $0.bytes.lexicographicallyPrecedes($1.bytes)
        }) {
            do throws(ConfigurationFault) {
                try ForeignHands.refuse(file)
                let loaded = try LoadedPipeline.load(file, networks: networks, version: version)
                for stamp in loaded.pipeline.files { try ForeignHands.refuse(stamp.path) }
                pipelines[file] = loaded
            } catch {
                faults += error.text
                isUnsafe = isUnsafe || error.end == .unsafeConfiguration
            }
        }
        guard faults.isEmpty else { throw .wrong(faults, isUnsafe: isUnsafe) }
        return LoadedConfiguration(
            layout: layout, pipelines: layout.configuration.folders.compactMap { pipelines[$0.pipeline] },
            stamps: Set([layout.stamp] + pipelines.values.flatMap(\.stamps)))
    }

    private init(layout: ServiceLayout, pipelines: [LoadedPipeline], stamps: Set<FileStamp>) {
        self.layout = layout
        self.pipelines = pipelines
        self.stamps = stamps
    }

    /// The folders, each with its pipeline.
    var folders: [(folder: ServiceFolder, pipeline: LoadedPipeline)] { Array(zip(layout.folders, pipelines)) }

    /// Bytes that the pipelines keep in memory whatever pictures there are.
    var keptByteCount: Int {
        pipelines.reduce(into: [ObjectIdentifier: Int]()) { kept, loaded in
            kept.merge(loaded.pipeline.kept) { max($0, $1) }
        }.values.reduce(0, +)
    }

    /// How the files are now.
    var currentStamps: Set<FileStamp> { Set(stamps.map(\.renewed)) }

    /// The same configuration, not outdated by what the files are like now.
    func withCurrentStamps() -> LoadedConfiguration {
        LoadedConfiguration(layout: layout, pipelines: pipelines, stamps: currentStamps)
    }
}
