import Specification

/// A job as a manifest for `kubectl`: an indexed Job.
enum KubernetesManifest {
    static func text(_ job: Job) -> String {
        let arguments = (job.arguments + ["--report", "\(job.folder)/shard.$(POD_NAME).jsonl"]).map { argument in
            // Kubernetes replaces $(NAME) in arguments; only ours is meant so.
            argument.hasSuffix("$(POD_NAME).jsonl") ? argument : escaped(argument)
        }
        let all = arguments + job.trailingArguments.map(escaped)
        let volumes = job.volumes.isEmpty ? [Job.Volume(name: "pictures", path: job.workingFolder)] : job.volumes
        return """
            # Takes pictures through \(quoted(job.pipeline)) in \(job.shards) pods. Written by `svertka submit`, to be read
            # and edited.
            #
            #   submit it           kubectl create -f job.yaml
            #   see how it goes     kubectl get pods -l job-name=\(job.name) --watch
            #   the whole           svertka merge *.jsonl, in the job's folder
            #
            # A pod that is stopped, moved or run twice leaves whole results only, and its successor goes on where it was.
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: \(quoted(job.name))
            spec:
              completionMode: Indexed
              completions: \(job.shards)
              parallelism: \(job.shards)
              backoffLimitPerIndex: 3
              podFailurePolicy:
                rules:
                  # A node that is drained or dies is no fault of the pod.
                  - action: Ignore
                    onPodConditions:
                      - type: DisruptionTarget
                        status: "True"
                  # Some files failed (1), or something is wrong with the job: another try would end in the same way.
                  - action: FailIndex
                    onExitCodes:
                      containerName: svertka
                      operator: In
                      values: [1, 2, 9, 64]
              template:
                spec:
                  restartPolicy: Never
                  # \(job.resources.timeReason)
                  activeDeadlineSeconds: \(job.resources.minutes * 60)
                  containers:
                    - name: svertka
                      image: \(quoted(job.image))
                      workingDir: \(quoted(job.workingFolder))
                      command: ["svertka"]
                      args:
            \(all.map { "            - " + quoted($0) }.joined(separator: "\n"))
                      env:
                        # With the index, which Kubernetes sets, this says which share a pod takes.
                        - name: JOB_COMPLETIONS
                          value: "\(job.shards)"
                        - name: POD_NAME
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.name
                      # \(job.resources.memoryReason)
                      resources:
                        requests:
                          cpu: "\(job.cpus)"
                          memory: \(job.resources.mebibytes)Mi
                        limits:
                          memory: \(job.resources.mebibytes)Mi
                      volumeMounts:
            \(volumes.enumerated().map { index, volume in
                "            - name: volume-\(index)\n              mountPath: \(quoted(volume.path))"
            }.joined(separator: "\n"))
                  # Every pod needs the pipeline, the inputs and the output folder: claims with ReadWriteMany.
                  volumes:
            \(volumes.enumerated().map { index, volume in
                "        - name: volume-\(index)\n          persistentVolumeClaim:\n            claimName: \(quoted(volume.name))"
            }.joined(separator: "\n"))

            """
    }

    /// What JSON writes in quotation marks, YAML reads.
    private static func quoted(_ text: String) -> String { JSONWriter.quoted(text) }

    private static func escaped(_ argument: String) -> String {
        argument.split(separator: "$(", omittingEmptySubsequences: false).joined(separator: "$$(")
    }
}
