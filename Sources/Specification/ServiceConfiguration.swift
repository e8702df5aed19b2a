/// What the service is told by its one file.
public struct ServiceConfiguration: Sendable {
    /// The folder of the ledger and of everything else that outlives a restart.
    public let state: PathBytes
    /// How many threads work; nil for as many as affinity and the cgroup allow.
    public let workers: Int?
    /// Bytes that pictures in work may take together; nil for a share of what the cgroup or the machine has.
    public let memory: Int?
    public let limits: Limits
    public let history: History
    public let folders: [WatchedFolder]

    /// What a single file may cost; a file beyond it fails with the name of the key to raise.
    public struct Limits: Sendable, Hashable {
        public let megapixels: Double
        /// Pixels.
        public let side: Int
        public let fileBytes: Int
        /// nil for six for each pixel allowed.
        public let decodedBytes: Int?
        public let seconds: Double
        /// Of a progressive JPEG.
        public let scans: Int
        public let chunks: Int
        public let metadataBytes: Int
        public let inflatedMetadataBytes: Int
    }

    /// What the ledger keeps of files that are dealt with.
    public struct History: Sendable, Hashable {
        public let days: Int
        public let files: Int

        public init(days: Int, files: Int) {
            self.days = days
            self.files = files
        }
    }

    public struct WatchedFolder: Sendable {
        public let root: PathBytes
        public let input: PathBytes
        public let output: PathBytes
        public let done: PathBytes
        public let failed: PathBytes
        public let pipeline: PathBytes
        public let filter: PathFilter
        public let isRecursive: Bool
        public let originals: Originals
        public let settle: Duration
        public let watch: Watch
        /// Of two files that wait, the one with the higher priority is taken first.
        public let priority: Int
        public let onConflict: OnConflict
        /// The bytes of the folder's entry in the configuration, for messages about it.
        public let range: Range<Int>
        /// The JSON pointer of the folder's entry.
        public let pointer: String
    }

    /// What becomes of an original whose results are published.
    public enum Originals: String, CaseIterable, Sendable {
        case move, keep, delete
    }

    public enum Watch: String, CaseIterable, Sendable {
        case auto, poll
    }

    /// What happens to a result whose name is taken.
    public enum OnConflict: String, CaseIterable, Sendable {
        case fail, replace, number, skip
    }

    /// Rules whose breach makes the configuration not wrong but unsafe.
    public static let unsafeRules: Set<String> = ["overlapping-folders"]

    /// Reads a configuration and records everything that is wrong with it.
    ///
    /// - `source`: relative paths start at the folder of its file.
    /// - Returns: nil where there is an error in `diagnostics`.
    public static func read(
        _ source: SourceText, path: PathBytes, into diagnostics: inout Diagnostics
    ) -> ServiceConfiguration? {
        guard let value = JSONReader.read(source, into: &diagnostics) else { return nil }
        var reader = ParameterReader(object: value, of: Table.document)
        let base = path.folder
        _ = reader.read(Table.schemaReference)
        _ = reader.read(Table.version)
        let configuration = ServiceConfiguration(
            state: base.appending(reader.read(Table.state)),
            workers: reader.read(Table.workers),
            memory: reader.read(Table.memory),
            limits: reader.read(Table.limits),
            history: reader.read(Table.history),
            folders: reader.read(Table.folders).map { $0.relative(to: base) })
        reader.finish(into: &diagnostics)
        if !diagnostics.hasErrors { configuration.checkOverlaps(into: &diagnostics) }
        return diagnostics.hasErrors ? nil : configuration
    }

    /// Loads and reads a configuration file.
    public static func load(
        path: PathBytes
    ) throws(SourceFileError) -> (configuration: ServiceConfiguration?, diagnostics: Diagnostics) {
        let source = try SourceText.load(path: path.bytes)
        var diagnostics = Diagnostics(source: source)
        let configuration = read(source, path: path, into: &diagnostics)
        return (configuration, diagnostics)
    }
}

extension ServiceConfiguration.WatchedFolder {
    fileprivate func relative(to base: PathBytes) -> Self {
        let root = base.appending(root)
        return Self(
            root: root, input: root.appending(input), output: root.appending(output), done: root.appending(done),
            failed: root.appending(failed), pipeline: base.appending(pipeline), filter: filter,
            isRecursive: isRecursive, originals: originals, settle: settle, watch: watch, priority: priority,
            onConflict: onConflict, range: range, pointer: pointer)
    }
}
