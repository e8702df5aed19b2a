/// One batch as an engine for many machines is asked to run it.
public struct Job: Sendable {
    public enum Engine: String, Sendable, CaseIterable {
        case slurm, kubernetes
        case awsBatch = "aws-batch"
    }

    /// A place that all machines see: a claim or file system, and where it is mounted.
    public struct Volume: Sendable, Equatable {
        public var name: String
        public var path: String

        /// `NAME:PATH`, the path absolute.
        public init?(_ text: String) {
            guard let colon = text.firstIndex(of: ":") else { return nil }
            name = String(text[..<colon])
            path = String(text[text.index(after: colon)...])
            guard !name.isEmpty, path.hasPrefix("/") else { return nil }
        }

        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// The program, as the machines find it.
    public var program: String
    public var pipeline: String
    public var pipelineName: String
    public var inputs: [String]
    /// `--files-from` and what belongs to it, where the inputs stand in a list.
    public var listOptions: [String]
    public var output: String
    /// Where the job itself, its logs and its reports lie.
    public var folder: String
    /// Where all paths start from.
    public var workingFolder: String
    public var shards: Int
    public var cpus: Int
    public var resources: JobResources
    public var image: String
    public var volumes: [Volume]
    /// AWS Batch: the job queue.
    public var queue: String

    public init(
        program: String, pipeline: String, pipelineName: String, inputs: [String], listOptions: [String],
        output: String,
        folder: String, workingFolder: String, shards: Int, cpus: Int, resources: JobResources, image: String,
        volumes: [Volume], queue: String
    ) {
        self.program = program
        self.pipeline = pipeline
        self.pipelineName = pipelineName
        self.inputs = inputs
        self.listOptions = listOptions
        self.output = output
        self.folder = folder
        self.workingFolder = workingFolder
        self.shards = shards
        self.cpus = cpus
        self.resources = resources
        self.image = image
        self.volumes = volumes
        self.queue = queue
    }

    /// The arguments of `svertka`, without those that differ between tasks.
    ///
    /// With `skip`, a task that is run again goes on where it was.
    var arguments: [String] {
        ["run", pipeline] + listOptions + [
            "--output", output, "--on-conflict", "skip", "--jobs", "\(cpus)", "--memory",
            "\(resources.pictureMebibytes)MiB",
        ]
    }

    /// Names come last, behind `--`: one may begin with a hyphen.
    var trailingArguments: [String] { inputs.isEmpty ? [] : ["--"] + inputs }

    /// A name that every engine takes: small letters, digits and hyphens, at most 40.
    var name: String {
        let words = pipelineName.lowercased().unicodeScalars.split { scalar in
            !(("a"..."z").contains(scalar) || ("0"..."9").contains(scalar))
        }
        let name = (["svertka"] + words.map { String($0) }).joined(separator: "-")
        return name.prefix(40).split(separator: "-").joined(separator: "-")
    }

    public func files(for engine: Engine) -> [JobFile] {
        switch engine {
        case .slurm: [JobFile(name: "job.sbatch", text: SlurmScript.text(self))]
        case .kubernetes: [JobFile(name: "job.yaml", text: KubernetesManifest.text(self))]
        case .awsBatch: AWSBatchRequests.files(self)
        }
    }

    /// The engine's own commands that submit the job.
    public func submission(for engine: Engine) -> [[String]] {
        func path(_ name: String) -> String { folder + "/" + name }
        return switch engine {
        case .slurm: [["sbatch", path("job.sbatch")]]
        case .kubernetes: [["kubectl", "create", "-f", path("job.yaml")]]
        case .awsBatch:
            [
                [
                    "aws", "batch", "register-job-definition", "--cli-input-json",
                    "file://" + path("job-definition.json"),
                ],
                ["aws", "batch", "submit-job", "--cli-input-json", "file://" + path("submit-job.json")],
            ]
        }
    }

    /// What people type to see how it goes, and then.
    public func following(for engine: Engine) -> [String] {
        let merge = "svertka merge \(ShellText.quoted(folder))/*.jsonl"
        switch engine {
        case .slurm:
            return ["squeue --me --name=\(name)", "tail -f \(ShellText.quoted(folder))/*.log", merge]
        case .kubernetes:
            return ["kubectl get pods -l job-name=\(name) --watch", "kubectl logs -f -l job-name=\(name)", merge]
        case .awsBatch:
            return ["aws batch list-jobs --array-job-id JOB", merge]
        }
    }
}

/// A file of a job, in its folder.
public struct JobFile: Sendable {
    public let name: String
    public let text: String
}
