import Specification

/// A job as two requests for `aws batch`: a job definition, and the submission of an array.
enum AWSBatchRequests {
    static func files(_ job: Job) -> [JobFile] {
        [
            JobFile(name: "job-definition.json", text: JSONWriter.text(definition(job), style: .pretty) + "\n"),
            JobFile(name: "submit-job.json", text: JSONWriter.text(submission(job), style: .pretty) + "\n"),
        ]
    }

    private static func definition(_ job: Job) -> JSONNode {
        let volumes = job.volumes.isEmpty ? [Job.Volume(name: "/mnt/pictures", path: job.workingFolder)] : job.volumes
        return .object([
            ("jobDefinitionName", .string(job.name)),
            ("type", "container"),
            (
                "containerProperties",
                .object([
                    ("image", .string(job.image)),
                    ("command", ["sh", "-c", .string(command(job))]),
                    (
                        "resourceRequirements",
                        [
                            ["type": "VCPU", "value": .string("\(job.cpus)")],
                            ["type": "MEMORY", "value": .string("\(job.resources.mebibytes)")],
                        ]
                    ),
                    ("volumes", .array(volumes.enumerated().map { volume($1, number: $0) })),
                    (
                        "mountPoints",
                        .array(
                            volumes.enumerated().map { number, volume in
                                [
                                    "sourceVolume": .string("volume-\(number)"),
                                    "containerPath": .string(volume.path),
                                    "readOnly": false,
                                ]
                            })
                    ),
                ])
            ),
            (
                "retryStrategy",
                .object([
                    ("attempts", 3),
                    (
                        "evaluateOnExit",
                        // Some files failed, or something is wrong with the job: another try would end in the same way.
                        .array(
                            ["1", "2", "9", "64"].map { ["onExitCode": .string($0), "action": "EXIT"] }
                                + [["onReason": "*", "action": "RETRY"]])
                    ),
                ])
            ),
            ("timeout", ["attemptDurationSeconds": .integer(job.resources.minutes * 60)]),
        ])
    }

    private static func command(_ job: Job) -> String {
        let report = "\(ShellText.quoted(job.folder))/shard.\"$AWS_BATCH_JOB_ID.$AWS_BATCH_JOB_ATTEMPT\".jsonl"
        let run = ShellText.quoted(["svertka"] + job.arguments) + " --report " + report
        let inputs = job.trailingArguments.isEmpty ? "" : " " + ShellText.quoted(job.trailingArguments)
        return "cd \(ShellText.quoted(job.workingFolder)) && exec \(run)\(inputs)"
    }

    /// `fs-…` is a file system of EFS, anything else a folder of the host.
    private static func volume(_ volume: Job.Volume, number: Int) -> JSONNode {
        [
            "name": .string("volume-\(number)"),
            volume.name.hasPrefix("fs-") ? "efsVolumeConfiguration" : "host":
                volume.name.hasPrefix("fs-")
                ? ["fileSystemId": .string(volume.name)] : ["sourcePath": .string(volume.name)],
        ]
    }

    private static func submission(_ job: Job) -> JSONNode {
        .object([
            ("jobName", .string(job.name)),
            ("jobQueue", .string(job.queue)),
            ("jobDefinition", .string(job.name)),
            ("arrayProperties", ["size": .integer(job.shards)]),
        ])
    }
}
