/* What Kubernetes keeps in secrets, as kubectl and manifests show it.  Of this room alone.
 *
 * Under "stringData" everything is secret.  Under "data" of a line or object that says
 * "kind: Secret" before it, too.  kubectl prints data before kind: there, directly behind
 * apiVersion, a value is masked that is whole base64 and, decoded, text (or long enough to
 * be nothing else): a configuration in plain words is not, and nothing is waited for. */
#ifndef RECORDER_MASK_KUBE_H
#define RECORDER_MASK_KUBE_H

#include "recorder/mask/mask_parts.h"

void kube_build(struct mask_build *b);

#endif
