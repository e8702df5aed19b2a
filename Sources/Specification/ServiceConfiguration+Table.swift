extension ServiceConfiguration {
    /// Every key of the configuration: the reader, the schema and the reference go by it.
    public enum Table {
        public static let document = [
            schemaReference.description, version.description, state.description, workers.description,
            memory.description, limits.description, history.description, folders.description,
        ]

        static let schemaReference = Parameter.optionalString(
            "$schema", "The schema that editors complete and check by")
        static let version = Parameter.integer(
            "version", in: 1...1, default: 1, "The version of this form of configuration")
        static let state = Parameter.path(
            "state", "The folder for the ledger and whatever else outlives a restart")
        static let workers = Parameter<Int?>.custom(
            "workers", .anyOf([.choice(["auto"]), .integer(1...1024)]), default: nil, defaultText: "\"auto\"",
            "How many threads work; auto: as many as affinity and the cgroup's CPU quota allow"
        ) { value, _ in .some(value.integer) }
        static let memory = Parameter<Int?>.custom(
            "memory", .anyOf([.choice(["auto"]), .byteCount(16 << 20...Int.max)]), default: nil,
            defaultText: "\"auto\"",
            "What the pictures in work may take together; auto: a share of what the cgroup or the machine has"
        ) { value, _ in .some(value.string == "auto" ? nil : ByteCount.parse(value)) }
        static let limits = Parameter.object(
            "limits", limitTable, defaultText: "{}", absent: Limits.default, placeholder: Limits.default,
            "What a single file may cost"
        ) { (reader: inout ParameterReader, _) in Limits(&reader) }
        static let history = Parameter.object(
            "history", historyTable, defaultText: "{}", absent: History.default, placeholder: History.default,
            "How much the ledger keeps of files that are dealt with and have left their folder"
        ) { (reader: inout ParameterReader, _) in History(&reader) }
        static let folders = Parameter<[WatchedFolder]>.requiredCustom(
            "folders", .list(.object(folderTable), count: 1...1000), placeholder: [], "The folders to watch"
        ) { value, faults in
            (value.array ?? []).enumerated().compactMap { index, item in
                faults.readObject(item, of: folderTable, at: ["folders", String(index)]) { reader in
                    WatchedFolder(&reader, range: item.range, pointer: "/folders/\(index)")
                }
            }
        }

        public static let limitTable = [
            megapixels.description, seconds.description, fileBytes.description, side.description,
            decodedBytes.description, scans.description, chunks.description, metadataBytes.description,
            inflatedMetadataBytes.description,
        ]
        static let megapixels = Parameter.number(
            "megapixels", in: Double.leastNonzeroMagnitude...1_000_000, default: 100, unit: "megapixels",
            "The largest picture, by its header")
        public static let fileBytes = Parameter.byteCount(
            "fileBytes", in: 1...Int.max, default: 1 << 30, defaultText: "\"1GiB\"", "The largest file")
        static let seconds = Parameter.number(
            "seconds", in: Double.leastNonzeroMagnitude...86400, default: 120, unit: "seconds",
            "The longest time for one file")
        public static let side = Parameter.integer(
            "side", in: 1...Int(Int32.max), default: 1 << 24, unit: "pixels",
            "The longer side of the largest picture; a JPEG has at most 65500")
        public static let decodedBytes = Parameter<Int?>.optionalByteCount(
            "decodedBytes", in: 1...Int.max,
            "The most samples, in bytes before the first step; by default 6 for each pixel of megapixels")
        public static let scans = Parameter.integer(
            "scans", in: 1...100_000, default: 100, unit: "scans", "The most scans of a progressive JPEG")
        public static let chunks = Parameter.integer(
            "chunks", in: 1...100_000_000, default: 20_000, unit: "chunks",
            "The most chunks of a PNG or segments of a JPEG besides its image data")
        public static let metadataBytes = Parameter.byteCount(
            "metadataBytes", in: 0...1 << 30, default: 32 << 20, defaultText: "\"32MiB\"",
            "The most metadata (profile, EXIF, texts) as they are stored")
        public static let inflatedMetadataBytes = Parameter.byteCount(
            "inflatedMetadataBytes", in: 0...1 << 30, default: 8 << 20, defaultText: "\"8MiB\"",
            "The most bytes that the profile and texts of a PNG inflate to; what goes beyond is left out with a warning"
        )

        public static let historyTable = [days.description, files.description]
        static let days = Parameter.integer(
            "days", in: 1...36500, default: 90, unit: "days",
            "How long; a picture that comes again later is done again")
        static let files = Parameter.integer(
            "files", in: 1000...100_000_000, default: 1_000_000, unit: "files",
            "How many, the latest ones; a million take about 400 MB")

        public static let folderTable = [
            root.description, input.description, output.description, done.description, failed.description,
            pipeline.description, include.description, exclude.description, recursive.description,
            originals.description, settle.description, watch.description, priority.description,
            onConflict.description,
        ]
        static let root = Parameter.path(
            "root", "The folder under which the others lie, on one file system so that files move by a rename")
        static let input = Parameter.path("in", default: "in", "Where pictures are dropped, relative to root")
        static let output = Parameter.path("out", default: "out", "Where results are published, relative to root")
        static let done = Parameter.path("done", default: "done", "Where originals go afterwards, relative to root")
        static let failed = Parameter.path(
            "failed", default: "failed", "Where files go that could not be processed, relative to root")
        static let pipeline = Parameter.path(
            "pipeline", "The pipeline file, relative to the folder of this configuration")
        static let include = Parameter.names(
            "include", as: .glob, default: ["*"],
            "Patterns of names, or with a slash of paths relative to in, that are taken; case does not count")
        static let exclude = Parameter.names(
            "exclude", as: .glob, count: 0...Int.max, default: defaultExclude,
            "Patterns that are not taken, of folders too; by default hidden and half-written files")
        static let recursive = Parameter.boolean(
            "recursive", default: true, "Whether folders inside in are watched too")
        static let originals = Parameter.choice(
            "originals", default: Originals.move,
            "What becomes of an original once its results are published: moved to done, kept, or deleted")
        static let settle = Parameter.duration(
            "settle", default: .seconds(2), defaultText: "\"2s\"",
            "How long a file must stay unchanged when nothing else tells that it is complete")
        static let watch = Parameter.choice(
            "watch", default: Watch.auto,
            "How changes are noticed; auto: by events, and by polling where the file system sends none")
        static let priority = Parameter.integer(
            "priority", in: -100...100, default: 0, "Files of folders with a higher priority are taken first")
        static let onConflict = Parameter.choice(
            "onConflict", default: OnConflict.number,
            "What happens to a result whose name is taken by another: it fails, replaces, gets a number, or is skipped")

        /// Hidden files, and the names under which programs write what they will rename.
        static let defaultExclude = [
            ".*", "*~", "~$*", "*.part", "*.partial", "*.tmp", "*.temp", "*.crdownload", "*.download", "*.filepart",
            "Thumbs.db", "desktop.ini",
        ]
    }
}

extension ServiceConfiguration.Limits {
    /// What holds where the configuration says nothing.
    public static let `default`: Self = {
        var reader = ParameterReader(
            object: JSONValue(.object([]), range: 0..<0), of: ServiceConfiguration.Table.limitTable)
        return Self(&reader)
    }()

    fileprivate init(_ reader: inout ParameterReader) {
        typealias Table = ServiceConfiguration.Table
        megapixels = reader.read(Table.megapixels)
        side = reader.read(Table.side)
        fileBytes = reader.read(Table.fileBytes)
        decodedBytes = reader.read(Table.decodedBytes)
        seconds = reader.read(Table.seconds)
        scans = reader.read(Table.scans)
        chunks = reader.read(Table.chunks)
        metadataBytes = reader.read(Table.metadataBytes)
        inflatedMetadataBytes = reader.read(Table.inflatedMetadataBytes)
    }
}

extension ServiceConfiguration.History {
    /// What holds where the configuration says nothing.
    public static let `default` = Self(days: 90, files: 1_000_000)

    fileprivate init(_ reader: inout ParameterReader) {
        days = reader.read(ServiceConfiguration.Table.days)
        files = reader.read(ServiceConfiguration.Table.files)
    }
}

extension ServiceConfiguration.WatchedFolder {
    fileprivate init(_ reader: inout ParameterReader, range: Range<Int>, pointer: String) {
        typealias Table = ServiceConfiguration.Table
        root = reader.read(Table.root)
        input = reader.read(Table.input)
        output = reader.read(Table.output)
        done = reader.read(Table.done)
        failed = reader.read(Table.failed)
        pipeline = reader.read(Table.pipeline)
        let include = reader.read(Table.include)
        let exclude = reader.read(Table.exclude)
        // The patterns were parsed when their kind was checked, so they parse again.
        filter = (try? PathFilter(include: include, exclude: exclude)) ?? .everything
        isRecursive = reader.read(Table.recursive)
        originals = reader.read(Table.originals)
        settle = reader.read(Table.settle)
        watch = reader.read(Table.watch)
        priority = reader.read(Table.priority)
        onConflict = reader.read(Table.onConflict)
        self.range = range
        self.pointer = pointer
    }
}
