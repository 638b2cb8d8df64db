# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A tree that is renamed all the time by a process that is to survive the step: a race for whoever opens by
# name.
cp exit-zero program && chmod 755 program
mkdir x; touch x/f; ln -s /etc y
(setsid bash -c 'while :; do mv x z; mv y x; mv x y; mv z x; done' >/dev/null 2>&1 &)
sleep 0.1
