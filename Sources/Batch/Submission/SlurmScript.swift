/// A job as a script for `sbatch`.
enum SlurmScript {
    static func text(_ job: Job) -> String {
        let hours = job.resources.minutes / 60
        let minutes = job.resources.minutes % 60
        let time = "\(hours):\(minutes < 10 ? "0" : "")\(minutes):00"
        let script = ShellText.quoted(job.folder + "/job.sbatch")
        let report =
            "\(doubleQuoted(job.folder))/shard-$SLURM_ARRAY_TASK_ID.$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}.jsonl"
        return """
            #!/bin/bash
            # Takes pictures through \(oneLine(job.pipeline)) in \(job.shards) tasks. Written by `svertka submit`, to be
            # read and edited.
            #
            #   submit it           sbatch \(script)
            #   see how it goes     squeue --me --name=\(job.name)
            #   one task again      sbatch --array=3 \(script)
            #   the whole           svertka merge \(ShellText.quoted(job.folder))/*.jsonl
            #
            # A task that is stopped, requeued or run twice leaves whole results only, and goes on where it was.

            #SBATCH --job-name=\(job.name)
            #SBATCH --array=0-\(job.shards - 1)
            #SBATCH --ntasks=1
            #SBATCH --cpus-per-task=\(job.cpus)
            # \(job.resources.memoryReason)
            #SBATCH --mem=\(job.resources.mebibytes)M
            # \(job.resources.timeReason)
            #SBATCH --time=\(time)
            #SBATCH --requeue
            #SBATCH --open-mode=append
            #SBATCH --output=\(directive(job.folder + "/shard-%a.log"))
            #SBATCH --chdir=\(directive(job.workingFolder))

            # exec: the signal by which Slurm asks the task to stop reaches svertka, which ends in order.
            exec \(ShellText.quoted([job.program] + job.arguments)) \\
                --shard "$SLURM_ARRAY_TASK_ID/\(job.shards)" \\
                --report "\(report)"\(inputs(job))

            """
    }

    private static func inputs(_ job: Job) -> String {
        job.trailingArguments.isEmpty ? "" : " \\\n    " + ShellText.quoted(job.trailingArguments)
    }

    /// Inside double quotes.
    private static func doubleQuoted(_ text: String) -> String {
        text.reduce(into: "") { $0 += "\\\"$`".contains($1) ? "\\\($1)" : "\($1)" }
    }

    /// As `sbatch` reads its own lines: quotation marks around what has spaces.
    private static func directive(_ text: String) -> String {
        text.contains(where: \.isWhitespace) ? "\"\(text)\"" : text
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
